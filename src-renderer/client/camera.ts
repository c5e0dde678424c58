/** The camera of this machine, as the browser gives it. Its pictures go nowhere but into the page. */

/**
 * @param deviceId  of the camera that is wanted; where that is not there, another one opens.
 * @throws  as `getUserMedia` does; `InsecureContext` where the browser offers none
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

/** Browsers keep cameras from pages that are not served from this machine or encrypted. */
function cameraApi(): MediaDevices {
  const { mediaDevices } = navigator as { readonly mediaDevices?: MediaDevices }; // as: absent where insecure
  if (mediaDevices !== undefined) return mediaDevices;
  const error = new Error('This page may not use cameras.');
  error.name = 'InsecureContext';
  throw error;
}
