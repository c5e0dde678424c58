/** A file of pretrained weights that is not what its importer can read. The catalogue turns it into `backbone/corrupt`. */
export class BackboneFormatError extends Error {
  override readonly name = 'BackboneFormatError';
}
