// Classifies pictures with model.mlpackage or model.mlmodel. One line of JSON a picture.
//
//     swift example.swift photo.jpg another.png
//
// In an app, Xcode compiles the model: give loadModel the URL of the .mlmodelc in the bundle and leave compileModel out.
// Class names and picture size are in the model itself; Vision scales the shorter side and cuts the centre square.

import CoreML
import Foundation
import ImageIO
import Vision

struct Complaint: LocalizedError {
    let errorDescription: String?
    init(_ text: String) { errorDescription = text }
}

/// What a sample of Fovea's prints of one picture.
struct Answer: Encodable {
    let file: String
    let label: String
    let probability: Float
    let probabilities: [String: Float]
}

func loadModel(in folder: URL) throws -> VNCoreMLModel {
    let files = ["model.mlpackage", "model.mlmodel"].map { folder.appendingPathComponent($0) }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
        throw Complaint("There is neither model.mlpackage nor model.mlmodel in \(folder.path).")
    }
    return try VNCoreMLModel(for: MLModel(contentsOf: MLModel.compileModel(at: file)))
}

/// The first page of a picture file, and how it must be turned to stand upright.
func loadPicture(_ file: URL) throws -> (image: CGImage, orientation: CGImagePropertyOrientation) {
    guard let source = CGImageSourceCreateWithURL(file as CFURL, nil),
        let image = CGImageSourceCreateImageAtIndex(source, 0, nil)
    else { throw Complaint("\(file.path) is no picture that this system reads.") }
    let properties = CGImageSourceCopyPropertiesAtIndex(source, 0, nil) as? [CFString: Any]
    let turn = properties?[kCGImagePropertyOrientation] as? UInt32
    let orientation = turn.flatMap { CGImagePropertyOrientation(rawValue: $0) } ?? .up
    return (try flatten(image), orientation)
}

/// The same picture in sRGB with 8 bits a channel, and what is transparent laid on white.
func flatten(_ image: CGImage) throws -> CGImage {
    let area = CGRect(x: 0, y: 0, width: image.width, height: image.height)
    guard let sRGB = CGColorSpace(name: CGColorSpace.sRGB),
        let context = CGContext(
            data: nil, width: image.width, height: image.height, bitsPerComponent: 8, bytesPerRow: 0, space: sRGB,
            bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
    else { throw Complaint("There is no memory for a picture of \(image.width) × \(image.height) pixels.") }
    context.setFillColor(CGColor(srgbRed: 1, green: 1, blue: 1, alpha: 1))
    context.fill(area)
    context.draw(image, in: area)
    guard let flat = context.makeImage() else { throw Complaint("The picture cannot be drawn.") }
    return flat
}

/// Every class with its probability, the most probable first.
func classify(_ file: URL, with model: VNCoreMLModel) throws -> [VNClassificationObservation] {
    let picture = try loadPicture(file)
    let request = VNCoreMLRequest(model: model)
    request.imageCropAndScaleOption = .centerCrop
    try VNImageRequestHandler(cgImage: picture.image, orientation: picture.orientation, options: [:]).perform([request])
    return request.results as? [VNClassificationObservation] ?? []
}

func run(_ paths: [String]) throws {
    let script = URL(fileURLWithPath: CommandLine.arguments[0])
    let model = try loadModel(in: script.deletingLastPathComponent())
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for path in paths {
        let classes = try classify(URL(fileURLWithPath: path), with: model)
        guard let best = classes.first else { throw Complaint("The model gives no classes for \(path).") }
        let probabilities = Dictionary(uniqueKeysWithValues: classes.map { ($0.identifier, $0.confidence) })
        let answer = Answer(
            file: path, label: best.identifier, probability: best.confidence, probabilities: probabilities)
        let line = try encoder.encode(answer)
        print(String(decoding: line, as: UTF8.self))
    }
}

do {
    let paths = Array(CommandLine.arguments.dropFirst())
    if paths.isEmpty { throw Complaint("Give the files to classify: swift example.swift photo.jpg") }
    try run(paths)
} catch {
    FileHandle.standardError.write(Data("\(error.localizedDescription)\n".utf8))
    exit(1)
}
