#include "base/id.h"

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

void id_format(char letter, uint64_t number, char out[ID_CHARS + 1])
{
	out[0] = letter;
	for (int i = ID_DIGITS; i >= 1; i--) {
		out[i] = digits[number & 31];
		number >>= 5;
	}
	out[ID_CHARS] = '\0';
}

bool id_parse(const char *text, char *letter, uint64_t *number)
{
	if (strlen(text) != ID_CHARS || text[0] < 'a' || text[0] > 'z')
		return false;
	*number = 0;
	for (int i = 1; i <= ID_DIGITS; i++) {
		const char *digit = strchr(digits, text[i]);
		if (digit == NULL)
			return false;
		*number = *number << 5 | (uint64_t)(digit - digits);
	}
	*letter = text[0];
	return true;
}
