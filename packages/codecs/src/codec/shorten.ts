/** Cuts a text for a message: bodies are private and long. */
export function shorten(text: string, maximum = 40): string {
  return text.length > maximum ? `${text.slice(0, maximum)}...` : text;
}
