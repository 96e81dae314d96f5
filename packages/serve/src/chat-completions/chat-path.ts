/** Where clients of OpenAI's API ask for chat completions. */
export const chatPath = '/v1/chat/completions';
