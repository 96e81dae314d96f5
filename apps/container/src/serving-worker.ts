/** The thread that runs the predictor, which the server starts by this file's path. Leave it as it is. */
import '@optml/serve/serving-worker';
