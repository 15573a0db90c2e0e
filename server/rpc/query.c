#include "pb/base64.h"
#include "rpc/percent.h"
#include "rpc/request.h"
#include "rpc/words.h"

/* The parameters of a Connect GET, https://connectrpc.com/docs/protocol#unary-get-request */
struct query {
	struct slice connect;
	struct slice encoding;
	struct slice message;
	struct slice base64;
	struct slice compression;
	bool has_message;
};

static void read_query(struct slice text, struct query *q)
{
	*q = (struct query){.has_message = false};
	while (text.len > 0) {
		struct slice value = words_cut(&text, '&');
		struct slice name = words_cut(&value, '=');
		if (percent_is(name, "connect"))
			q->connect = value;
		else if (percent_is(name, "encoding"))
			q->encoding = value;
		else if (percent_is(name, "base64"))
			q->base64 = value;
		else if (percent_is(name, "compression"))
			q->compression = value;
		else if (percent_is(name, "message")) {
			q->message = value;
			q->has_message = true;
		}
	}
}

static enum err bad(struct call *call, const char *parameter, const char *what)
{
	return fault_set(&call->fault, ERR_BAD_REQUEST, parameter, "%s", what);
}

/* base64 after percent-decoding, from the scratch text to the body. */
static bool take_base64(struct call *call, const struct buf *text)
{
	uint8_t *to = buf_reserve(&call->body, base64_decoded_room(text->len));
	size_t len = 0;
	if (to == NULL || !base64_decode(buf_view(text), to, &len))
		return false;
	call->body.len += len;
	return true;
}

static enum err take_message(struct call *call, const struct query *q)
{
	struct buf *text = &call->rpc->text;
	enum err err = OK;
	if (!percent_decode_query(q->message, text))
		err = bad(call, "message", "a broken escape");
	else if (!percent_is(q->base64, "1"))
		buf_slice(&call->body, buf_view(text));
	else if (!take_base64(call, text))
		err = bad(call, "message", "not base64");
	rpc_scratch_done(text);
	return call->body.failed ? ERR_OVERLOADED : err;
}

const struct protocol_type *request_query_type(struct slice query)
{
	struct query q;
	read_query(query, &q);
	if (percent_is(q.encoding, "proto"))
		return protocol_connect(CODEC_PROTO);
	return q.encoding.len == 0 || percent_is(q.encoding, "json") ? protocol_connect(CODEC_JSON) : NULL;
}

enum err request_from_query(struct call *call, struct slice query)
{
	struct query q;
	read_query(query, &q);
	call->bytes_in = query.len;
	if (q.encoding.len == 0)
		return bad(call, "encoding", "missing");
	if (q.connect.len > 0 && !percent_is(q.connect, "v1"))
		return bad(call, "connect", "only v1 is spoken");
	if (!q.has_message)
		return bad(call, "message", "missing");
	if (percent_is(q.compression, "gzip"))
		call->gzip_in = true;
	else if (q.compression.len > 0 && !percent_is(q.compression, "identity"))
		return fault_set(&call->fault, ERR_UNSUPPORTED, "compression", "only gzip and identity are read");
	return take_message(call, &q);
}
