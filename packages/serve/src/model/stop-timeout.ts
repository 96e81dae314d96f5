/** How long what runs the predictor has to stop loading, or to unload, before it is given up. */
export const stopTimeoutMs = 2_000;
