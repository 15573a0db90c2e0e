/*
 * tokens_stage: the key of an issuer, made once.
 */
#ifndef PAIDAN_TESTS_TOKENS_STAGE_H
#define PAIDAN_TESTS_TOKENS_STAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/limits.h"
#include "must.h"
#include "pb/base64.h"
#include "txn/exec_internal.h"
#include "txn/jwk.h"
#include "txn/jwt.h"
#include "world.h"

EVP_PKEY *p256(void);

#endif
