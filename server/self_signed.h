/*
 * self_signed: a certificate for those who have none yet.
 *
 * Nouns: the authority signs one server certificate and its key is then forgotten, so that clients may trust
 * the authority's file without trusting anything but this server. The certificate is for localhost, this
 * machine's name and the address listened on.
 * Ownership: paths are borrowed. The key's file is readable by its owner alone.
 * Errors: false, and `why` says what failed.
 */
#ifndef PAIDAN_SERVER_SELF_SIGNED_H
#define PAIDAN_SERVER_SELF_SIGNED_H

#include <stdbool.h>

bool self_signed_make(const char *ca_file, const char *cert_file, const char *key_file, const char *address, char *why);
/* It can be read and is valid for another 30 days. */
bool self_signed_is_good(const char *cert_file);

#endif
