/*
 * store_redis_scripts: the texts of the Lua scripts, bundled at build time (bundle_scripts.py).
 *
 * Ownership: static.
 * Errors: none.
 */
#ifndef PAIDAN_TXN_STORE_REDIS_SCRIPTS_H
#define PAIDAN_TXN_STORE_REDIS_SCRIPTS_H

extern const char script_commit_text[];
extern const char script_commit_sha1[];
extern const char script_range_text[];
extern const char script_range_sha1[];
extern const char script_lease_text[];
extern const char script_lease_sha1[];

#endif
