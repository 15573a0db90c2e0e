/*
 * mask: names, phones and addresses as they are shown to those who need to recognise them, not to use them.
 *
 *	张伟, 欧阳小明      张**, 欧**           the first character; two stars whatever the length
 *	Wang Fang           W**
 *	+86 138-1234-5678   +86 138****5678      from 11 digits: three and four of them
 *	010-6234567         ****67               from 7 digits: the last two; with less of them none
 *	幸福路8号3栋2单元501   幸福路8号3栋***     down to the building, or the number in the street
 *	501室               ***
 *
 * A surname is what somebody is called at the door: 张伟 张, 欧阳小明 欧阳, Wang Fang W.
 *
 * Nouns: a marker is the word that ends the part down to the building (栋, Block …).
 * Ownership: results lie in the arena given, or are the text itself when it hides nothing.
 * Errors: none. The text is valid UTF-8 (checked when it came in); empty stays empty.
 */
#ifndef PAIDAN_DOMAIN_MASK_H
#define PAIDAN_DOMAIN_MASK_H

#include <stdbool.h>

#include "base/arena.h"

char *mask_name(struct arena *a, const char *name);
/* Nothing but the surname; of a name in letters the first one. */
char *mask_surname(struct arena *a, const char *name);
char *mask_phone(struct arena *a, const char *phone);
char *mask_address(struct arena *a, const char *address);
/* Whether a text looks like one of those: it must not be written back over what it hides. */
bool mask_is_masked(const char *text);

#endif
