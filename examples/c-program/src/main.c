#include <stdio.h>
#include <string.h>

#include "greeting.h"

#define VERSION "1.4.2"

int main(int count, char **words)
{
	if (count > 1 && strcmp(words[1], "--version") == 0) {
		puts("greet " VERSION);
		return 0;
	}
	if (greet() != 0) {
		perror(GREETING_FILE);
		return 1;
	}
	return 0;
}
