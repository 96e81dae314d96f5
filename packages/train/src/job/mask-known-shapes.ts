/** Masks what is a secret by its looks, wherever it came from. */

export const maskedAs = '***';

/**
 * Each keeps its first group. Repetitions are bounded, or cannot begin again inside of what they have passed,
 * so that no text takes more than linear time.
 */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /(aws_?(?:secret_?access_?key|session_?token)[\\"']{0,4}\s{0,4}[=:]\s{0,4}[\\"']{0,4})[A-Za-z0-9/+=]{16,}/gi,
  /(\bbearer\s{1,4})[A-Za-z0-9._~+/=-]{16,}/gi,
  /(\bauthorization[\\"']{0,4}\s{0,4}[=:]\s{0,4}[\\"']{0,4}basic\s{1,4})[A-Za-z0-9+/=]{4,}/gi,
  /\beyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,}/g,
  /\bhf_[A-Za-z0-9]{20,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{20,}/g,
  /\bnpm_[A-Za-z0-9]{36}\b/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\bsk-(?:[a-z0-9]{1,10}-){0,2}[A-Za-z0-9_]{20,}/g,
  /(:\/\/[^\s:@/?#"']{0,256}:)[^\s/?#"']{1,1024}(?=@)/g,
];

/**
 * Replaces AWS access key ids and secrets, bearer and basic credentials, JSON web tokens, tokens of Hugging Face,
 * GitHub, GitLab, npm, Slack and OpenAI, private keys in PEM form, and passwords in URLs by `***`.
 */
export function maskKnownShapes(text: string): string {
  return shapes.reduce(
    (masked, shape) =>
      masked.replace(shape, (_, kept: unknown) => (typeof kept === 'string' ? kept : '') + maskedAs),
    text,
  );
}
