/**
 * Reports: results as JSON, CSV, HTML and text.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.report.Report}</td><td>all results of a run, and the files made from
 *     them</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.report.MethodResult}</td><td>the results of one method</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.report.SampleSheet}</td><td>maps of the first images, drawn during the
 *     run</td></tr>
 * <tr><td>HtmlReport, Charts, Html</td><td>the page for people</td></tr>
 * <tr><td>ReportJson, FigureText</td><td>the JSON file; figures as text</td></tr>
 * </table>
 *
 * <p>A report only shows results; computing them belongs into {@code metric} and {@code run}.
 */
package dev.sectional.evaluation.report;
