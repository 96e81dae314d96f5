/** Loaded in front of a JavaScript program that a job names. Leave it as it is. */
import '@optml/train/program-hook';
