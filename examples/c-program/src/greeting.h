/* Where `make install` puts the text: set by the Makefile. */
#ifndef GREETING_FILE
#define GREETING_FILE "/usr/local/share/greet/greeting.txt"
#endif

/* Writes the greeting to standard output; 0, or -1 where it cannot be read or written. */
int greet(void);
