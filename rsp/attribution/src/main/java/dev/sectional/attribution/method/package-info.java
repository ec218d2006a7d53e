/**
 * The methods, one class for each family.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.attribution.method.Rsp}</td><td>Relative Sectional Propagation</td></tr>
 * <tr><td>{@link dev.sectional.attribution.method.Lrp}</td><td>layer-wise relevance propagation with any composite of
 * rules, excitation backpropagation and RAP included</td></tr>
 * <tr><td>{@link dev.sectional.attribution.method.Gradients}</td><td>gradient, gradient times input, integrated
 * gradients with a choice of {@link dev.sectional.attribution.method.Quadrature}, SmoothGrad</td></tr>
 * <tr><td>{@link dev.sectional.attribution.method.ReluGradient}</td><td>guided backpropagation and deconvnet</td></tr>
 * <tr><td>{@link dev.sectional.attribution.method.GradCam}</td><td>Grad-CAM</td></tr>
 * <tr><td>{@link dev.sectional.attribution.method.Methods}</td><td>all of them by name, with settings as text</td></tr>
 * </table>
 *
 * <p>A new method is one class here and one line in {@code Methods}. Relevance rules belong to
 * {@code dev.sectional.nn.rule}.
 */
package dev.sectional.attribution.method;
