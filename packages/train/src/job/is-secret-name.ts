/** Tells from the name of a variable or hyperparameter whether its value is a secret. */

/** Words that end a secret's name also where nothing parts them from the word before, for example `dbpassword`. */
const secretEnding =
  /(?:secret|password|passwd|passphrase|token|apikey|accesskey|privatekey|credential|creds|auth)s?$/;
const secretWord = /^(?:private|authorization|authentication|pwd)$/;
/** Of which only the pair is secret. */
const keyOwners = /^(?:api|access|secret|private|signing|encryption|master|account|ssh)$/;
/** Last words that say that the value only describes the secret, as `TOKEN_FILE`. */
const describing =
  /^(?:file|path|dir|directory|sock|mode|type|name|expiration|expires|ttl|count|length|len|size|limit|dim|dropout|index|ids?)$/;
/** Words before `token` in the settings of language models. */
const vocabulary =
  /^(?:pad|padding|eos|bos|unk|sep|cls|mask|special|stop|start|end|num|max|min|per|image|decoder|forced|new)$/;

/** True for `DB_PASSWORD`, `apiKey`, `hf-token`, `AUTH`; false for `max_tokens`, `tokenizer`, `pad_token`, `author`, `PWD`. */
export function isSecretName(name: string): boolean {
  // Cut: names have at most 256 characters where they come from the platform.
  const words = splitWords(name.slice(0, 512));
  if (hasKeyPair(words)) return true;
  if (describing.test(words.at(-1) ?? '')) return false;
  return words.some(
    (word, index) =>
      (secretWord.test(word) && words.length > (word === 'pwd' ? 1 : 0)) ||
      (secretEnding.test(word) && !word.endsWith('tokens') && !isVocabulary(words, index)),
  );
}

/** `myApiKey`, `my-api-key` and `MY_API_KEY` are the same words. */
function splitWords(name: string): readonly string[] {
  return name
    .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** Also `AWS_ACCESS_KEY_ID`. */
function hasKeyPair(words: readonly string[]): boolean {
  return words.some((word, index) => /^keys?$/.test(word) && keyOwners.test(words[index - 1] ?? ''));
}

function isVocabulary(words: readonly string[], index: number): boolean {
  return words[index] === 'token' && vocabulary.test(words[index - 1] ?? '');
}
