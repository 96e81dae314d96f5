export type ProjectConfig = object;
