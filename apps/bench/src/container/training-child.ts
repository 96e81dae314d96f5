/** The program of the training process, which the supervisor starts by this file's path. */
import '@optml/train/training-child';
