#include "cli.h"
#include "nouns.h"

/* --- issuers --- */

static const struct column issuer_columns[] = {
    COLUMN("name", CELL_TEXT, "签发者", "ISSUER"),        COLUMN("keys*kid", CELL_NAMES, "密钥", "KEYS"),
    COLUMN("audiences", CELL_NAMES, "受众", "AUDIENCES"), COLUMN("maxLifeMs", CELL_MINUTES, "最长有效期", "LIFE"),
    COLUMN("nodeId", CELL_TEXT, "范围", "NODE"),          COLUMN("lastUsedMs", CELL_TIME, "最近使用", "LAST USED"),
    SPARE("changedMs", CELL_TIME, "修改", "CHANGED"),     SPARE("issuerId", CELL_TEXT, "编号", "ID"),
};
static const struct param issuer_put_params[] = {
    ARG("NAME", TYPE_TEXT, "issuer.name", "令牌中的 iss，通常为网址", "the iss of its tokens, usually a URL"),
    NEEDED('k', "jwks", "FILE", TYPE_CONTENT, "jwks", "其公钥集（JWK set），- 为标准输入",
	   "its public keys, a JWK set; - is standard input"),
    FLAGS('a', "audience", "AUD", TYPE_TEXT, "issuer.audiences", "令牌的 aud，默认 paidan://辖区",
	  "one that its tokens name in aud; default: paidan://TENANT"),
    CHOICES(0, "for", "resident member", "ROLE_", "issuer.roles", "可代表谁，默认居民和队员",
	    "for whom it speaks; default: both"),
    FLAG(0, "max-life", "SPAN", TYPE_SPAN, "issuer.maxLifeMs", "令牌最长有效期，默认 1h",
	 "how long its tokens may live; default: 1h"),
    FLAG('g', "node", "NODE", TYPE_TEXT, "issuer.nodeId", "管辖范围，默认全辖区",
	 "its part of the org tree; default: all"),
};
static const struct param issuer_remove_params[] = {ARG("NAME", TYPE_TEXT, "name", "令牌中的 iss", "its iss")};
static const struct command issuer_commands[] = {
    {.verb = "list",
     .method = "CredentialService/ListIssuers",
     .shape = SHAPE_LIST,
     .rows = "issuers",
     COLUMNS(issuer_columns),
     .zh = "列出令牌签发者",
     .en = "List whose tokens are taken"},
    {.verb = "put",
     .method = "CredentialService/PutIssuer",
     PARAMS(issuer_put_params),
     .shape = SHAPE_ROW,
     .rows = "issuer",
     COLUMNS(issuer_columns),
     .zh = "登记签发者，或更换其密钥",
     .en = "Register an issuer, or give it other keys",
     .example = "issuer put https://login.example --jwks jwks.json --for resident\n"},
    {.verb = "remove",
     .method = "CredentialService/RemoveIssuer",
     PARAMS(issuer_remove_params),
     .shape = SHAPE_NONE,
     .zh = "不再接受其令牌",
     .en = "Take its tokens no more"},
};
const struct noun noun_issuer =
    NOUN("issuer", GROUP_SETUP, issuer_commands, "居民和队员令牌的签发者", "Who signs tokens of residents and members");

/* --- certificates --- */

static const struct column cert_columns[] = {
    COLUMN("name", CELL_TEXT, "证书中的名称", "NAME"),
    COLUMN("role", CELL_ENUM, "角色", "ROLE"),
    COLUMN("nodeId", CELL_TEXT, "范围", "NODE"),
    COLUMN("label", CELL_TEXT, "标注", "LABEL"),
    COLUMN("lastUsedMs", CELL_TIME, "最近使用", "LAST USED"),
    SPARE("scope.readOnly", CELL_FLAG, "只读", "READ ONLY"),
    SPARE("scope.methods", CELL_NAMES, "方法", "METHODS"),
    SPARE("scope.networks", CELL_NAMES, "网络", "NETWORKS"),
    SPARE("createdMs", CELL_TIME, "登记", "CREATED"),
    SPARE("certId", CELL_TEXT, "编号", "ID"),
};
static const struct param cert_put_params[] = {
    ARG("NAME", TYPE_TEXT, "cert.name", "证书的主体备用名，如 uri:paidan://xingfu/backend/mini",
	"a subject alternative name, uri:paidan://TENANT/… or dns:HOST"),
    {.name = "ROLE",
     .type = TYPE_CHOICE,
     .positional = true,
     .required = true,
     .field = "cert.role",
     .choices = "backend operator",
     .prefix = "ROLE_",
     .zh = "角色",
     .en = "what it may do"},
    FLAG('g', "node", "NODE", TYPE_TEXT, "cert.nodeId", "管辖范围，默认全辖区",
	 "its part of the org tree; default: all"),
    FLAG('l', "label", "TEXT", TYPE_TEXT, "cert.label", "标注", "whose it is"),
    SCOPE_FLAGS("cert.scope"),
};
static const struct param cert_revoke_params[] = {
    ARG("NAME", TYPE_TEXT, "name", "证书中的名称", "the registered name")};
static const struct command cert_commands[] = {
    {.verb = "list",
     .method = "CredentialService/ListClientCerts",
     .shape = SHAPE_LIST,
     .rows = "certs",
     COLUMNS(cert_columns),
     .zh = "列出登记的客户端证书",
     .en = "List who is known by a certificate"},
    {.verb = "put",
     .method = "CredentialService/PutClientCert",
     PARAMS(cert_put_params),
     .shape = SHAPE_ROW,
     .rows = "cert",
     COLUMNS(cert_columns),
     .zh = "按证书中的名称登记后台",
     .en = "Register a backend by a name in its certificate",
     .example = "cert put uri:paidan://xingfu/backend/mini backend -l 小程序后台\n"},
    {.verb = "revoke",
     .method = "CredentialService/RevokeClientCert",
     PARAMS(cert_revoke_params),
     .shape = SHAPE_NONE,
     .zh = "不再承认此名称的证书",
     .en = "Take certificates of that name no more"},
};
const struct noun noun_cert =
    NOUN("cert", GROUP_SETUP, cert_commands, "客户端证书（mTLS）", "Backends that are known by a certificate (mTLS)");

/* --- the broker's own tokens --- */

static const struct column token_columns[] = {
    COLUMN("token", CELL_TEXT, "令牌", "Token"),
    COLUMN("expiresMs", CELL_TIME, "失效", "Expires"),
    COLUMN("tokenId", CELL_TEXT, "编号", "Id"),
};
static const struct column kid_columns[] = {COLUMN("kid", CELL_TEXT, "密钥号", "Key id")};
static const struct column jwk_columns[] = {
    COLUMN("kid", CELL_TEXT, "密钥号", "KEY"),
    COLUMN("alg", CELL_TEXT, "算法", "ALGORITHM"),
    COLUMN("x", CELL_TEXT, "公钥", "PUBLIC KEY"),
};
static const struct param token_mint_params[] = {
    FLAG('r', "resident", "RESIDENT", TYPE_TEXT, "residentId", "居民编号", "for this resident"),
    FLAG('m', "member", "MEMBER", TYPE_TEXT, "memberId", "队员号", "for this member"),
    FLAG('t', "ttl", "SPAN", TYPE_SPAN, "ttlMs", "有效多久，默认 15m，至多 1h", "how long; default: 15m, at most 1h"),
};
static const struct param token_revoke_params[] = {
    OPTIONAL("TOKEN-ID", TYPE_TEXT, "tokenId", "令牌编号（签发时给出）", "the token's id, as mint printed it"),
    FLAG('r', "resident", "RESIDENT", TYPE_TEXT, "residentId", "该居民的全部令牌与会话", "all of this resident's"),
    FLAG('m', "member", "MEMBER", TYPE_TEXT, "memberId", "该队员的全部令牌与会话", "all of this member's"),
};
static const struct param token_keys_params[] = {
    OPTIONAL("TENANT", TYPE_TEXT, "tenantId", "辖区，默认密钥所属", "whose; default: the key's"),
};
static const struct command token_commands[] = {
    {.verb = "mint",
     .method = "CredentialService/MintToken",
     PARAMS(token_mint_params),
     .shape = SHAPE_RECORD,
     COLUMNS(token_columns),
     .zh = "为居民或队员签发短期令牌",
     .en = "Mint a short-lived token for a resident or member",
     .example = "token mint -r r0000012 -t 30m\n"},
    {.verb = "revoke",
     .method = "CredentialService/RevokeTokens",
     PARAMS(token_revoke_params),
     .shape = SHAPE_NONE,
     .zh = "吊销一个令牌，或某居民、队员的全部令牌与会话",
     .en = "Refuse a token, or all tokens and sessions of a resident or member",
     .example = "token revoke -r r0000012\n"},
    {.verb = "keys",
     .method = "CredentialService/GetJwks",
     PARAMS(token_keys_params),
     .shape = SHAPE_LIST,
     .rows = "keys",
     COLUMNS(jwk_columns),
     .whole = true,
     .zh = "验证令牌的公钥（-o json 为 JWK set）",
     .en = "The public keys of the broker's tokens (-o json: a JWK set)"},
    {.verb = "rotate",
     .method = "CredentialService/RotateTokenKey",
     .shape = SHAPE_RECORD,
     COLUMNS(kid_columns),
     .zh = "更换签名密钥",
     .en = "Sign with a new key from now on"},
};
const struct noun noun_token = NOUN("token", GROUP_SETUP, token_commands, "短期令牌", "Short-lived tokens");
