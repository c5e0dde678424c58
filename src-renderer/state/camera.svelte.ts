import type { LivePrediction } from '../../src-main/contract/predictions.ts';
import { cameraOf, closeCamera, listCameras, openCamera } from '../client/camera.ts';
import { predictPicture, type Asked } from '../client/predict.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

/** Side of the square that is sent, pixels: somewhat more than networks look at. */
const FRAME_PX = 384;
const JPEG_QUALITY = 0.9;
/** Frames a second, at most: more is not seen, and the machine may have other work. */
const MOST_PER_SECOND = 20;
/** Share that a new frame has in the rate that is shown. */
const RATE_SHARE = 0.2;

/** Why there is no picture of a camera: refused, none there, held by another program, not offered here, unplugged, or something else. */
export type CameraFault = 'refused' | 'none' | 'in-use' | 'not-offered' | 'lost' | 'failed';

/** The webcam, and what a run says of what it sees. It is held only between `start` and `stop`. */
export class Camera {
  stream = $state.raw<MediaStream | null>(null);
  /** Known once one was allowed. */
  cameras = $state.raw<readonly MediaDeviceInfo[]>([]);
  /** The one in use. */
  readonly deviceId = $derived(this.stream === null ? null : cameraOf(this.stream));
  isStarting = $state(false);
  fault = $state<CameraFault | null>(null);
  prediction = $state.raw<LivePrediction | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Answers a second; null before the second answer. */
  rate = $state<number | null>(null);
  #abort = new AbortController();

  /** @param deviceId  of the camera that is wanted; null: whichever the browser gives. */
  async start(deviceId: string | null): Promise<void> {
    if (this.isStarting || this.stream !== null) return;
    this.fault = this.problem = null;
    this.isStarting = true;
    const { signal } = (this.#abort = new AbortController());
    try {
      const stream = await openCamera(deviceId);
      if (signal.aborted) return closeCamera(stream); // stopped while the browser was asking
      this.#take(stream);
      this.cameras = await listCameras();
    } catch (error) {
      if (!signal.aborted) this.fault = faultOf(error);
    } finally {
      if (!signal.aborted) this.isStarting = false;
    }
  }

  async change(deviceId: string): Promise<void> {
    this.stop();
    await this.start(deviceId);
  }

  /** Lets go of the camera: its light goes out. */
  stop(): void {
    this.#abort.abort();
    this.isStarting = false;
    if (this.stream !== null) closeCamera(this.stream);
    this.stream = this.prediction = this.rate = null;
  }

  /**
   * Asks about frame after frame until the camera is stopped or `signal` is aborted.
   *
   * @param order  asked anew for each frame.
   */
  async watch(video: HTMLVideoElement, order: () => Asked, signal: AbortSignal): Promise<void> {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = FRAME_PX;
    const ends = AbortSignal.any([signal, this.#abort.signal]);
    let last: number | null = null;
    while (!ends.aborted) {
      const startedAt = performance.now();
      try {
        const frame = await grab(video, canvas);
        if (frame !== null) {
          const answer = await predictPicture(frame, order(), ends);
          ends.throwIfAborted();
          this.prediction = answer;
          this.problem = null;
          const now = performance.now();
          if (last !== null) this.rate = blend(this.rate, 1000 / (now - last));
          last = now;
        }
      } catch (error) {
        if (ends.aborted || isCancelled(error)) return;
        this.problem = toProblem(error);
        await pause(1000); // the server may be back by then
      }
      await pause(Math.max(0, 1000 / MOST_PER_SECOND - (performance.now() - startedAt)));
    }
  }

  /** The frame in view, whole; null before the first. */
  async photograph(video: HTMLVideoElement, name: string): Promise<File | null> {
    if (video.videoWidth === 0) return null; // its first picture has not come yet
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    const blob = await toJpeg(canvas);
    return blob === null ? null : new File([blob], name, { type: blob.type });
  }

  #take(stream: MediaStream): void {
    this.stream = stream;
    for (const track of stream.getVideoTracks()) {
      track.addEventListener('ended', () => {
        if (this.stream !== stream) return;
        this.stop();
        this.fault = 'lost';
      });
    }
  }
}

/** The centre square; null while there is no frame yet. */
async function grab(video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<Blob | null> {
  const { videoWidth, videoHeight } = video;
  const side = Math.min(videoWidth, videoHeight);
  if (side === 0) return null;
  const context = canvas.getContext('2d');
  context?.drawImage(
    video,
    (videoWidth - side) / 2,
    (videoHeight - side) / 2,
    side,
    side,
    0,
    0,
    canvas.width,
    canvas.height,
  );
  return toJpeg(canvas);
}

const toJpeg = (canvas: HTMLCanvasElement): Promise<Blob | null> =>
  new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY));

const blend = (rate: number | null, latest: number): number =>
  rate === null ? latest : rate * (1 - RATE_SHARE) + latest * RATE_SHARE;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @see https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia */
function faultOf(error: unknown): CameraFault {
  const faults: Readonly<Record<string, CameraFault>> = {
    NotAllowedError: 'refused',
    SecurityError: 'not-offered',
    InsecureContext: 'not-offered', // see client/camera.ts
    NotFoundError: 'none',
    OverconstrainedError: 'none',
    NotReadableError: 'in-use',
    AbortError: 'in-use',
  };
  return (error instanceof Error ? faults[error.name] : undefined) ?? 'failed';
}
