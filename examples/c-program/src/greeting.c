#include "greeting.h"

#include <stdio.h>

int greet(void)
{
	FILE *file = fopen(GREETING_FILE, "r");
	char line[256];

	if (file == NULL)
		return -1;
	while (fgets(line, sizeof line, file) != NULL)
		fputs(line, stdout);
	fclose(file);
	return fflush(stdout) == 0 ? 0 : -1;
}
