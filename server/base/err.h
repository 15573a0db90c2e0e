/*
 * err: every error that paidan can answer with, in one table.
 *
 * Nouns: an err is a stable number inside this build; its reason is the stable name that clients see
 * (ErrorInfo.reason); status is the gRPC code; http the HTTP status that Connect maps it to.
 * A fault is an err together with what was wrong: the field's path and a short detail.
 * Ownership: all texts are static; a fault borrows its field (a literal or arena memory) and its violations (arena).
 *
 * The table's columns: name, gRPC code, HTTP status, zh text, en text. The reason string is the name.
 */
#ifndef PAIDAN_BASE_ERR_H
#define PAIDAN_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* google.rpc.Code, https://grpc.io/docs/guides/status-codes/ */
enum grpc_code {
	GRPC_OK = 0,
	GRPC_CANCELLED = 1,
	GRPC_UNKNOWN = 2,
	GRPC_INVALID_ARGUMENT = 3,
	GRPC_DEADLINE_EXCEEDED = 4,
	GRPC_NOT_FOUND = 5,
	GRPC_ALREADY_EXISTS = 6,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_RESOURCE_EXHAUSTED = 8,
	GRPC_FAILED_PRECONDITION = 9,
	GRPC_ABORTED = 10,
	GRPC_OUT_OF_RANGE = 11,
	GRPC_UNIMPLEMENTED = 12,
	GRPC_INTERNAL = 13,
	GRPC_UNAVAILABLE = 14,
	GRPC_DATA_LOSS = 15,
	GRPC_UNAUTHENTICATED = 16,
};

#define ERR_TABLE(X)                                                                                                   \
	/* requests that can't be read */                                                                              \
	X(BAD_REQUEST, INVALID_ARGUMENT, 400, "请求格式错误", "the request is malformed")                              \
	X(BAD_JSON, INVALID_ARGUMENT, 400, "JSON 格式错误", "the JSON body can't be read")                             \
	X(BAD_PROTO, INVALID_ARGUMENT, 400, "Protobuf 格式错误", "the protobuf body can't be read")                    \
	X(UNKNOWN_FIELD, INVALID_ARGUMENT, 400, "未知字段", "the field is not part of the message")                    \
	X(BAD_UTF8, INVALID_ARGUMENT, 400, "文本不是合法的 UTF-8", "the text is not valid UTF-8")                      \
	X(TOO_DEEP, INVALID_ARGUMENT, 400, "嵌套过深", "the message is nested too deeply")                             \
	X(TOO_LARGE, RESOURCE_EXHAUSTED, 429, "请求过大", "the message is larger than allowed")                        \
	X(UNKNOWN_METHOD, UNIMPLEMENTED, 404, "没有这个方法", "there is no such method")                               \
	X(UNSUPPORTED, UNIMPLEMENTED, 501, "不支持的内容类型或编码", "the content type or encoding is not supported")  \
	X(MESSAGE_COUNT, UNIMPLEMENTED, 501, "该方法只接收一条消息", "the method takes exactly one message")           \
	X(UNEXPECTED_COMPRESSION, INTERNAL, 500, "消息标记为压缩，但未声明压缩方式",                                   \
	  "a message is compressed although no encoding was announced")                                                \
	/* fields */                                                                                                   \
	X(FIELD_REQUIRED, INVALID_ARGUMENT, 400, "缺少必填字段", "a required field is missing")                        \
	X(FIELD_INVALID, INVALID_ARGUMENT, 400, "字段取值无效", "the field's value is not valid")                      \
	X(FIELD_TOO_LONG, INVALID_ARGUMENT, 400, "字段过长", "the field is too long")                                  \
	X(FIELD_OUT_OF_RANGE, INVALID_ARGUMENT, 400, "数值超出范围", "the number is out of range")                     \
	X(PAGE_TOKEN_INVALID, INVALID_ARGUMENT, 400, "分页标记无效", "the page token is not valid")                    \
	X(POLYGON_INVALID, INVALID_ARGUMENT, 400, "网格多边形无效", "the polygon is not valid")                        \
	X(OUTSIDE_GRIDS, INVALID_ARGUMENT, 400, "位置不在任何网格内", "the point lies in no grid")                     \
	/* who is asking */                                                                                            \
	X(UNAUTHENTICATED, UNAUTHENTICATED, 401, "未登录或凭证无效", "credentials are missing or not valid")           \
	X(SIGN_IN_FAILED, UNAUTHENTICATED, 401, "登录名、密码或验证码不正确，或账号暂时锁定",                          \
	  "the name, password or code is wrong, or the account is locked for a while")                                 \
	X(SECOND_FACTOR_NEEDED, UNAUTHENTICATED, 401, "请输入动态验证码", "the account's second factor is needed")     \
	X(SECOND_FACTOR_MISSING, PERMISSION_DENIED, 403, "请先启用动态验证码",                                         \
	  "the account has to set up a second factor first")                                                           \
	X(INVITE_INVALID, FAILED_PRECONDITION, 400, "邀请无效或已过期", "the invite is not valid any more")            \
	X(SESSION_ENDED, UNAUTHENTICATED, 401, "登录已失效，请重新登录", "the session has ended: sign in again")       \
	X(ORIGIN_FOREIGN, PERMISSION_DENIED, 403, "请求并非来自本站页面",                                              \
	  "the request comes from another site's page")                                                                \
	X(PERMISSION_DENIED, PERMISSION_DENIED, 403, "没有权限", "this actor may not do that")                         \
	X(CREDENTIAL_EXPIRED, UNAUTHENTICATED, 401, "凭证已过期", "the credential has expired")                        \
	X(CREDENTIAL_REVOKED, UNAUTHENTICATED, 401, "凭证已吊销", "the credential was revoked")                        \
	X(CREDENTIAL_SCOPE, PERMISSION_DENIED, 403, "凭证的范围不包括此方法",                                          \
	  "the credential's scope does not include this method")                                                       \
	X(CREDENTIAL_SOURCE, PERMISSION_DENIED, 403, "凭证不可从此地址使用",                                           \
	  "the credential may not be used from this address")                                                          \
	X(TOKEN_MALFORMED, UNAUTHENTICATED, 401, "令牌格式错误", "the token can't be read")                            \
	X(TOKEN_ALGORITHM, UNAUTHENTICATED, 401, "不接受该令牌的签名算法", "the token's algorithm is not accepted")    \
	X(TOKEN_ISSUER, UNAUTHENTICATED, 401, "令牌的签发者未登记", "the token's issuer is not registered")            \
	X(TOKEN_KEY, UNAUTHENTICATED, 401, "签发者没有该签名密钥", "the issuer has no such signing key")               \
	X(TOKEN_SIGNATURE, UNAUTHENTICATED, 401, "令牌签名无效", "the token's signature is wrong")                     \
	X(TOKEN_AUDIENCE, UNAUTHENTICATED, 401, "令牌不是签发给本辖区的", "the token is meant for somebody else")      \
	X(TOKEN_SUBJECT, UNAUTHENTICATED, 401, "令牌的主体无效", "the token's subject is not acceptable")              \
	X(TOKEN_EXPIRED, UNAUTHENTICATED, 401, "令牌已过期", "the token has expired")                                  \
	X(TOKEN_REVOKED, UNAUTHENTICATED, 401, "令牌已吊销", "the token was revoked")                                  \
	X(TOKEN_NOT_YET, UNAUTHENTICATED, 401, "令牌尚未生效", "the token is not valid yet")                           \
	X(TOKEN_LIFETIME, UNAUTHENTICATED, 401, "令牌有效期过长", "the token lives longer than its issuer may let it") \
	/* what is asked for */                                                                                        \
	X(NOT_FOUND, NOT_FOUND, 404, "未找到", "not found")                                                            \
	X(ALREADY_EXISTS, ALREADY_EXISTS, 409, "已存在", "it exists already")                                          \
	X(REQUEST_ID_REUSED, ALREADY_EXISTS, 409, "请求编号已用于另一个请求",                                          \
	  "the request id was used for a different request")                                                           \
	X(ETAG_STALE, ABORTED, 409, "数据已被他人修改，请刷新", "it was changed meanwhile: read it again")             \
	X(CONFLICT, ABORTED, 409, "系统繁忙，请重试", "too many concurrent changes: try again")                        \
	X(EVENTS_GONE, OUT_OF_RANGE, 400, "续传位置已过期", "the events after this id are no longer kept")             \
	/* the rules of orders */                                                                                      \
	X(ORDER_STATE, FAILED_PRECONDITION, 400, "订单当前状态不允许此操作", "the order's state does not allow this")  \
	X(OFFER_TAKEN, FAILED_PRECONDITION, 400, "已被他人接单", "already taken by someone else")                      \
	X(OFFER_EXPIRED, FAILED_PRECONDITION, 400, "派单已过期", "the offer has expired")                              \
	X(OFFER_ANSWERED, FAILED_PRECONDITION, 400, "该派单已答复", "the offer was answered already")                  \
	X(NOT_IN_POOL, FAILED_PRECONDITION, 400, "该单不在抢单池", "the order is not in the grab pool")                \
	X(CODE_WRONG, FAILED_PRECONDITION, 400, "完成码不正确", "the completion code is wrong")                        \
	X(CODE_LOCKED, FAILED_PRECONDITION, 400, "完成码错误次数过多，请联系派单台",                                   \
	  "too many wrong completion codes: ask the desk")                                                             \
	X(EVIDENCE_MISSING, INVALID_ARGUMENT, 400, "需要完成凭证", "completion needs evidence or the completion code") \
	X(ALREADY_RATED, FAILED_PRECONDITION, 400, "已评价", "the order was rated already")                            \
	X(NOT_BENEFICIARY, PERMISSION_DENIED, 403, "只有受益人本人可以评价", "only the beneficiary may rate")          \
	X(REOPEN_WINDOW, FAILED_PRECONDITION, 400, "已超过重新打开的期限", "the time to reopen has passed")            \
	X(CHASE_TOO_SOON, FAILED_PRECONDITION, 400, "催单过于频繁", "chased too recently")                             \
	X(EXCLUSION_STATE, FAILED_PRECONDITION, 400, "剔除申请的状态不允许此操作",                                     \
	  "the exclusion's state does not allow this")                                                                 \
	X(NOT_COUNTED, FAILED_PRECONDITION, 400, "该单不计入考核", "the order does not count in the rates")            \
	X(SAME_PERSON, PERMISSION_DENIED, 403, "申请人不能自己批准，须由他人决定",                                     \
	  "whoever asked can't decide: it takes somebody else")                                                        \
	X(NOT_REQUESTER, PERMISSION_DENIED, 403, "只有申请人可以撤回", "only who asked may withdraw it")               \
	X(UNDO_EXPIRED, FAILED_PRECONDITION, 400, "已不能撤销", "there is nothing to take back any more")              \
	X(UNDO_OVERTAKEN, FAILED_PRECONDITION, 400, "该单已有新进展，不能撤销",                                        \
	  "the order has gone on: it can't be taken back")                                                             \
	X(MERGE_MISMATCH, FAILED_PRECONDITION, 400, "两单不能合并", "these orders can't be merged")                    \
	X(OPEN_ORDERS, FAILED_PRECONDITION, 400, "还有未结的单", "there are open orders: end them first")              \
	X(ERASED, FAILED_PRECONDITION, 400, "个人信息已删除", "this person's data was erased")                         \
	X(REVEAL_OVER, FAILED_PRECONDITION, 400, "该次查看已结束，请用新的请求编号",                                   \
	  "the contact was shown already: ask with another request id")                                                \
	X(VIEWS_FULL, FAILED_PRECONDITION, 400, "保存的视图已达上限", "no more views can be kept here")                \
	/* the rules of members */                                                                                     \
	X(MEMBER_PAUSED, FAILED_PRECONDITION, 400, "队员已暂停接单", "the member has paused")                          \
	X(MEMBER_FULL, FAILED_PRECONDITION, 400, "队员在手任务已达上限", "the member holds as many tasks as allowed")  \
	X(MEMBER_UNSKILLED, FAILED_PRECONDITION, 400, "队员缺少所需技能", "the member lacks a required skill")         \
	X(MEMBER_HOUSEHOLD, FAILED_PRECONDITION, 400, "不能接自己家的单", "a member can't serve their own household")  \
	/* attachments */                                                                                              \
	X(MEDIA_UNKNOWN, INVALID_ARGUMENT, 400, "只接受 JPEG、PNG、WebP 图片和 MP3、M4A、Ogg (Opus) 录音",             \
	  "only JPEG, PNG, WebP, MP3, M4A and Ogg with Opus are taken")                                                \
	X(MEDIA_BROKEN, INVALID_ARGUMENT, 400, "文件已损坏", "the file is damaged")                                    \
	X(DISK_FULL, RESOURCE_EXHAUSTED, 429, "磁盘空间不足", "there is no room left on disk")                         \
	X(ORDER_FULL, FAILED_PRECONDITION, 400, "该单内容已达上限", "the order can hold no more of these")             \
	X(TENANT_FULL, FAILED_PRECONDITION, 400, "本辖区的数量已达上限", "the tenant can have no more of these")       \
	/* webhooks */                                                                                                 \
	X(WEBHOOK_DISABLED, FAILED_PRECONDITION, 400, "推送已停用", "the webhook is disabled")                         \
	/* the system */                                                                                               \
	X(RATE_LIMITED, RESOURCE_EXHAUSTED, 429, "请求过于频繁", "too many requests")                                  \
	X(OVERLOADED, UNAVAILABLE, 503, "系统繁忙", "the server is overloaded: try again")                             \
	X(UNAVAILABLE, UNAVAILABLE, 503, "服务暂不可用", "the service is not available: try again")                    \
	X(UNKNOWN_OUTCOME, UNAVAILABLE, 503, "结果未知，请用同一请求编号重试",                                         \
	  "the outcome is unknown: retry with the same request id")                                                    \
	X(DEADLINE_EXCEEDED, DEADLINE_EXCEEDED, 504, "处理超时", "the deadline has passed")                            \
	X(CANCELLED, CANCELLED, 499, "请求已取消", "the request was cancelled")                                        \
	X(STORE_FULL, RESOURCE_EXHAUSTED, 429, "存储空间不足", "the store is out of memory")                           \
	X(DATA_CORRUPT, DATA_LOSS, 500, "数据损坏", "a stored record is damaged")                                      \
	X(KEY_MISSING, INTERNAL, 500, "密钥文件缺少所需版本", "the key file lacks the version that this needs")        \
	X(INTERNAL, INTERNAL, 500, "内部错误", "internal error")

enum err {
	OK = 0,
	/* Not an error of the API: a record is not loaded yet; pass it up, the executor runs the handler
	 * again when it is (txn.h). */
	ERR_WANTED,
#define X(name, code, http, zh, en) ERR_##name,
	ERR_TABLE(X)
#undef X
};

struct err_info {
	const char *reason;
	enum grpc_code code;
	int http;
	const char *zh;
	const char *en;
};

/* The row of an err; OK and ERR_WANTED have rows too (reason "OK", "WANTED"). Never NULL. */
const struct err_info *err_info(enum err err);
/* The err that has this reason; false: none has. */
bool err_find(const char *reason, enum err *err);
/* The lower_snake name that Connect gives a gRPC code, for example "not_found". */
const char *grpc_code_name(enum grpc_code code);

/* One of several things that are wrong with a request. */
struct violation {
	enum err err;
	const char *field;
	const char *zh, *en; /* what it must be, to follow the err's own text */
};

/* What was wrong with a request. Zero-initialised: nothing. */
struct fault {
	enum err err;
	const char *field;   /* path in the request, "order.title", or NULL */
	char detail[120];    /* for people, never personal data; may be empty */
	char detail_zh[180]; /* the same in Chinese (detail.h) */
	/* All that is wrong, when more than the first was looked for; the first is err, field and detail too. */
	const struct violation *violations;
	size_t n_violations;
};

/* Records the fault and returns err, for `return fault_set(…)`. field must outlive the fault. */
enum err fault_set(struct fault *fault, enum err err, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
enum err fault_vset(struct fault *fault, enum err err, const char *field, const char *fmt, va_list args)
    __attribute__((format(printf, 4, 0)));

/* Passes any error (ERR_WANTED too) up to the caller. */
#define TRY(expression)                          \
	do {                                     \
		enum err try_err = (expression); \
		if (try_err != OK)               \
			return try_err;          \
	} while (0)

#endif
