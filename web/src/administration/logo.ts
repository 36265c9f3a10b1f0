// A logo on its way to the service.

/** A little less than the API takes, so that the limit is a number that people can remember. */
export const LOGO_BYTES_MAX = 260_000;

const PIECE = 8190; // a multiple of three, so that the pieces fit together

export const inBase64 = (bytes: Uint8Array): string => {
  let written = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    written += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  }
  return written;
};
