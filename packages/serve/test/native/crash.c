/* Loaded as a native addon, it writes where nothing is. */
__attribute__((constructor)) static void crash(void) { *(volatile int *)0 = 1; }
