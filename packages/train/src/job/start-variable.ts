/** Carries what a training process must know to the hook in a JavaScript program, which removes it. */
export const startVariable = 'OPTML_PROGRAM_START';
