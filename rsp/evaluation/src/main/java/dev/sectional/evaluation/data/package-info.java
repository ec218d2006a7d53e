/**
 * Datasets: images with ground truth.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.data.Dataset}, {@link dev.sectional.evaluation.data.Sample},
 *     {@link dev.sectional.evaluation.data.Truth}, {@link dev.sectional.evaluation.data.Mask},
 *     {@link dev.sectional.evaluation.data.Window}</td><td>images, the pixels of each class in them, and parts of
 *     both</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.data.DatasetChoice}</td><td>a dataset as the command line names it</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.data.PascalVoc} (Annotation, LabelImage)</td><td>PASCAL VOC 2007 and
 *     2012</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.data.Coco} (CocoIndex, CocoMask)</td><td>MS COCO</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.data.ImageNet} (ImageNetClasses)</td><td>ImageNet with bounding
 *     boxes</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.data.ImageNetSegmentation}</td><td>ImageNet with masks of the
 *     object</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.data.SyntheticShapes} (SyntheticImage, SyntheticShape, RandomSequence)</td>
 *     <td>generated images with exact masks</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.data.DifficultSubset}</td><td>the Difficult subset of the Pointing
 *     Game</td></tr>
 * </table>
 *
 * <p>A new dataset implements {@link dev.sectional.evaluation.data.Dataset} and gets a name in
 * {@link dev.sectional.evaluation.data.DatasetChoice}. Networks, methods and metrics do not belong here.
 */
package dev.sectional.evaluation.data;
