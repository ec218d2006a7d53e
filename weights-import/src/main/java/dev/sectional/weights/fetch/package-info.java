/**
 * Downloads of published weights over HTTP: {@link dev.sectional.weights.fetch.PublishedModel} knows addresses and
 * checksums, {@link dev.sectional.weights.fetch.Download} fetches, resumes and checks. Nothing here reads the content
 * of a file of weights.
 */
package dev.sectional.weights.fetch;
