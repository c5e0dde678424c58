/** How heat maps are shown on the Try screen. */
export interface HeatChoice {
  readonly isOn: boolean;
  /** Null: of the predicted class. */
  readonly className: string | null;
  /** 0–1, of the whole map. */
  readonly opacity: number;
}
