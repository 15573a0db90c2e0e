/*
 * password: which passwords are good enough, and how much a hash of one costs.
 *
 * Rules (how long it is, the API's own rules say: 10 to 128 characters): any characters; not the account's own name,
 * nor little more than it; not one of the common ones, with or without digits around it; not the same few characters
 * over and over. No rules about kinds of characters: they make passwords worse. Errors: ERR_FIELD_INVALID, with the
 * field.
 */
#ifndef PAIDAN_DOMAIN_PASSWORD_H
#define PAIDAN_DOMAIN_PASSWORD_H

#include "domain/scene.h"

enum {
	PASSWORD_SALT_BYTES = 16,
	/* 128 MiB and 0.3 to 0.5 s: what people wait for, and what makes guessing dear. */
	PASSWORD_LOG2_N = 17,
};

enum err password_check(struct scene *s, const char *password, const char *name, const char *field);
/* A name to sign in with: lower-case letters, digits, '-', '_', '.'; 2 to 32 (the API's rules). */
enum err password_check_name(struct scene *s, const char *name, const char *field);

#endif
