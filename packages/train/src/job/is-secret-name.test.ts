import { expect, test } from 'vitest';
import { isSecretName } from './is-secret-name.ts';

test.each([
  'DB_PASSWORD',
  'dbPassword',
  'passwd',
  'HF_TOKEN',
  'hf-token',
  'GITHUBTOKEN',
  'API_KEY',
  'apikey',
  'openaiApiKey',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'PRIVATE_PEM',
  'AWS.CREDENTIALS',
  'credential',
  'AUTH',
  'BASIC_AUTH',
  'my secret',
  'SM_HP_DB-PASSWORD',
  'DB_PWD',
])('%s is the name of a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each([
  'max_tokens',
  'maxTokens',
  'tokenizer',
  'key_dim',
  'author',
  'pad_token',
  'token_dropout',
  'secretary',
  'PWD',
  'OLDPWD',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'SSH_AUTH_SOCK',
  'keys',
  'monkey',
  '',
])('"%s" is not', (name) => {
  expect(isSecretName(name)).toBe(false);
});
