/** Why the server refused what did not come through the contract: uploads, single predictions. */

export interface Refusal {
  readonly code: string | null;
  readonly message: string;
}

export async function refusalOf(response: Response): Promise<Refusal> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) {
      const code = 'code' in body && typeof body.code === 'string' ? body.code : null;
      if ('message' in body && typeof body.message === 'string') return { code, message: body.message };
    }
  } catch {
    // not JSON: the text itself is the message
  }
  return { code: null, message: text || `${response.status} ${response.statusText}` };
}
