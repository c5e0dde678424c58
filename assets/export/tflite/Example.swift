// Classifies a picture with model.tflite on iOS, with MediaPipe's ImageClassifier.
//
//   pod 'MediaPipeTasksVision'      in the Podfile
//   model.tflite                    in the app's bundle
//
// MediaPipe reads class names and normalisation from the model. What it does not know is the crop rule: it would squeeze the
// whole picture into a square. So the picture is turned, scaled and cut here, as preprocessing.json says.

import MediaPipeTasksVision
import UIKit

/// Side of the square that the model sees, pixels: "size" of preprocessing.json.
private let size = 224

struct UnreadablePicture: Error {}

final class PictureClassifier {
    private let classifier: ImageClassifier

    init() throws {
        let options = ImageClassifierOptions()
        options.baseOptions.modelAssetPath = Bundle.main.path(forResource: "model", ofType: "tflite") ?? ""
        classifier = try ImageClassifier(options: options)
    }

    /// Class names with their probabilities, the likeliest first.
    func classify(_ file: URL) throws -> [(label: String, probability: Float)] {
        let image = try MPImage(uiImage: loadSquare(file))
        let answer = try classifier.classify(image: image).classificationResult.classifications[0]
        return answer.categories.map { (label: $0.categoryName ?? "", probability: $0.score) }
    }

    /// Upright as EXIF says, in sRGB on white, scaled until the shorter side is `size`, and the square in the middle.
    private func loadSquare(_ file: URL) throws -> UIImage {
        guard let picture = UIImage(contentsOfFile: file.path) else { throw UnreadablePicture() }
        let side = CGFloat(size)
        let scale = side / min(picture.size.width, picture.size.height)  // upright: UIImage knows its orientation
        let scaled = CGSize(
            width: (picture.size.width * scale).rounded(), height: (picture.size.height * scale).rounded())
        let format = UIGraphicsImageRendererFormat()
        format.scale = 1
        format.opaque = true
        format.preferredRange = .standard
        return UIGraphicsImageRenderer(size: CGSize(width: side, height: side), format: format).image { context in
            UIColor.white.setFill()
            context.fill(CGRect(x: 0, y: 0, width: side, height: side))
            context.cgContext.interpolationQuality = .high
            let corner = CGPoint(
                x: -((scaled.width - side + 1) / 2).rounded(.down), y: -((scaled.height - side + 1) / 2).rounded(.down))
            picture.draw(in: CGRect(origin: corner, size: scaled))
        }
    }
}
