/** The camera of this machine, as the browser gives it. Its pictures go nowhere but into the page. */

/** Why there is no picture from a camera; the page has the words. */
export type CameraFailure = 'refused' | 'none' | 'busy' | 'insecure' | 'other';

/**
 * @param deviceId  of the camera that is wanted; where that is not there, another one opens.
 * @throws  see `cameraFailure`
 */
export async function openCamera(deviceId: string | null): Promise<MediaStream> {
  const open = (which: MediaTrackConstraints): Promise<MediaStream> =>
    cameraApi().getUserMedia({ audio: false, video: { width: { ideal: 1280 }, height: { ideal: 720 }, ...which } });
  const any = { facingMode: 'environment' };
  if (deviceId === null) return open(any);
  try {
    return await open({ deviceId: { exact: deviceId } }); // `ideal` would weigh less than the size
  } catch (error) {
    if (error instanceof Error && error.name === 'OverconstrainedError') return open(any); // it is unplugged
    throw error;
  }
}

/** Which camera a stream comes from; null where the browser does not say. */
export function cameraOf(stream: MediaStream): string | null {
  return stream.getVideoTracks()[0]?.getSettings().deviceId ?? null;
}

/** Cameras by name; names are known once one was allowed. */
export async function listCameras(): Promise<readonly MediaDeviceInfo[]> {
  return (await cameraApi().enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

export function cameraFailure(error: unknown): CameraFailure {
  const name = error instanceof Error ? error.name : '';
  if (name === 'InsecureContext') return 'insecure';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'other';
}

/** What the camera shows now, as a JPEG file. Null before its first picture. */
export async function takePicture(video: HTMLVideoElement, name: string): Promise<File | null> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0) return null;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
  return new File([blob], name, { type: blob.type });
}

/** Browsers keep cameras from pages that are not served from this machine or encrypted. */
function cameraApi(): MediaDevices {
  const { mediaDevices } = navigator as { readonly mediaDevices?: MediaDevices }; // as: absent where insecure
  if (mediaDevices !== undefined) return mediaDevices;
  const error = new Error('This page may not use cameras.');
  error.name = 'InsecureContext';
  throw error;
}
