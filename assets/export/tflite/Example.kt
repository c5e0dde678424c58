// Classifies a picture with model.tflite on Android, with MediaPipe's ImageClassifier.
//
//   implementation("com.google.mediapipe:tasks-vision:latest.release")      in build.gradle.kts
//   model.tflite                                                            in src/main/assets
//
// MediaPipe reads class names and normalisation from the model. What it does not know is the crop rule: it would squeeze the
// whole picture into a square. So the picture is turned, scaled and cut here, as preprocessing.json says.

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.ColorSpace
import android.graphics.ImageDecoder
import android.graphics.Rect
import android.net.Uri
import com.google.mediapipe.framework.image.BitmapImageBuilder
import com.google.mediapipe.tasks.core.BaseOptions
import com.google.mediapipe.tasks.vision.imageclassifier.ImageClassifier
import kotlin.math.max
import kotlin.math.min
import kotlin.math.roundToInt

/** Side of the square that the model sees, pixels: "size" of preprocessing.json. */
private const val SIZE = 224

class PictureClassifier(private val context: Context) : AutoCloseable {
    private val classifier =
        ImageClassifier.createFromOptions(
            context,
            ImageClassifier.ImageClassifierOptions.builder()
                .setBaseOptions(BaseOptions.builder().setModelAssetPath("model.tflite").build())
                .build(),
        )

    /** Probability by class name, the likeliest first. */
    fun classify(picture: Uri): List<Pair<String, Float>> {
        val image = BitmapImageBuilder(onWhite(loadSquare(picture))).build()
        val categories = classifier.classify(image).classificationResult().classifications().first().categories()
        return categories.map { it.categoryName() to it.score() }
    }

    /** Upright as EXIF says, in sRGB, scaled until the shorter side is SIZE, and the square in the middle. */
    private fun loadSquare(picture: Uri): Bitmap {
        val source = ImageDecoder.createSource(context.contentResolver, picture)
        return ImageDecoder.decodeBitmap(source) { decoder, info, _ ->
            val scale = SIZE.toDouble() / min(info.size.width, info.size.height)
            val width = max(SIZE, (info.size.width * scale).roundToInt())
            val height = max(SIZE, (info.size.height * scale).roundToInt())
            val (left, top) = (width - SIZE + 1) / 2 to (height - SIZE + 1) / 2
            decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
            decoder.setTargetColorSpace(ColorSpace.get(ColorSpace.Named.SRGB))
            decoder.setTargetSize(width, height)
            decoder.crop = Rect(left, top, left + SIZE, top + SIZE)
        }
    }

    private fun onWhite(bitmap: Bitmap): Bitmap {
        val result = Bitmap.createBitmap(bitmap.width, bitmap.height, Bitmap.Config.ARGB_8888)
        Canvas(result).apply {
            drawColor(Color.WHITE)
            drawBitmap(bitmap, 0f, 0f, null)
        }
        return result
    }

    override fun close() = classifier.close()
}
