/** The program that runs the training job, which the supervisor starts by this file's path. Leave it as it is. */
import '@optml/train/training-child';
