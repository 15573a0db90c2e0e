"""Requests that two parsers could understand differently. Each must get 400 and a closed connection.

A case is its name and its bytes; SECOND behind it must never be answered.
"""
HEAD = b"POST /echo HTTP/1.1\r\nHost: test\r\n"
SECOND = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"


def post(headers, body=b""):
    return HEAD + headers + b"\r\n" + body + SECOND


def line(first, headers=b"Host: test\r\n"):
    return first + b"\r\n" + headers + b"\r\n" + SECOND


def chunks(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


CASES = {
    # the length of the body, told twice or badly
    "length and chunked": post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunked and length": post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
    "chunked and length 0": post(b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", b"0\r\n\r\n"),
    "two lengths": post(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello!"),
    "the same length twice": post(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"),
    "list of lengths": post(b"Content-Length: 5, 5\r\n", b"hello"),
    "length with plus": post(b"Content-Length: +5\r\n", b"hello"),
    "length with minus": post(b"Content-Length: -5\r\n", b"hello"),
    "length in hex": post(b"Content-Length: 0x5\r\n", b"hello"),
    "length with a space inside": post(b"Content-Length: 5 5\r\n", b"hello"),
    "length empty": post(b"Content-Length:\r\n"),
    "length of blanks": post(b"Content-Length:   \r\n"),
    "length with junk behind": post(b"Content-Length: 5;\r\n", b"hello"),
    "length with fraction": post(b"Content-Length: 5.0\r\n", b"hello"),
    "length with underscore": post(b"Content-Length: 1_0\r\n", b"hellohello"),
    "length over 2^64": post(b"Content-Length: 18446744073709551621\r\n", b"hello"),
    "length of 30 digits": post(b"Content-Length: 000000000000000000000000000005\r\n", b"hello"),
    "length in full-width digits": post("Content-Length: ５\r\n".encode(), b"hello"),
    # transfer codings
    "chunked, identity": post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    "identity, chunked": post(b"Transfer-Encoding: identity, chunked\r\n", b"0\r\n\r\n"),
    "gzip, chunked": post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "identity": post(b"Transfer-Encoding: identity\r\n"),
    "coding empty": post(b"Transfer-Encoding:\r\n"),
    "coding of blanks": post(b"Transfer-Encoding: \t \r\n"),
    "coding misspelt": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "coding cut short": post(b"Transfer-Encoding: chunke\r\n", b"0\r\n\r\n"),
    "coding with parameter": post(b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n"),
    "coding quoted": post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    "coding with comma": post(b"Transfer-Encoding: chunked,\r\n", b"0\r\n\r\n"),
    "coding with vertical tab": post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    "two codings": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n"),
    "the same coding twice": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "coding on HTTP/1.0": b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
    # header lines
    "space before the colon": post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    "tab before the colon": post(b"Content-Length\t: 5\r\n", b"hello"),
    "space before the name": post(b" Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "folded line": post(b"X-A: b\r\n Content-Length: 5\r\n", b"hello"),
    "folded by tab": post(b"X-A: b\r\n\tContent-Length: 5\r\n", b"hello"),
    "folded coding": post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "first header folded": b"GET /hello HTTP/1.1\r\n Host: test\r\nHost: test\r\n\r\n" + SECOND,
    "line feeds only": SECOND.replace(b"\r\n", b"\n"),
    "one lone line feed": post(b"X-A: b\nContent-Length: 5\r\n", b"hello"),
    "lone CR in a value": post(b"X-A: b\rContent-Length: 5\r\n", b"hello"),
    "lone CR before the end": post(b"X-A: b\r\r\n"),
    "head ended by CR": b"GET /hello HTTP/1.1\r\nHost: test\r\n\r" + SECOND,
    "NUL in a value": post(b"X-A: b\x00c\r\n"),
    "NUL in a name": post(b"X\x00A: b\r\n"),
    "DEL in a value": post(b"X-A: b\x7fc\r\n"),
    "escape in a value": post(b"X-A: b\x1bc\r\n"),
    "no colon": post(b"Content-Length 5\r\n", b"hello"),
    "no name": post(b": 5\r\n"),
    "name with a comma": post(b"Content-Length,: 5\r\n", b"hello"),
    "name with brackets": post(b"[Content-Length]: 5\r\n", b"hello"),
    "name in UTF-8": post("Contént-Length: 5\r\n".encode(), b"hello"),
    "name with no-break space": post(b"Content-Length\xa0: 5\r\n", b"hello"),
    # whose request it is
    "no host": line(b"GET /hello HTTP/1.1", b"X-A: b\r\n"),
    "two hosts": line(b"GET /hello HTTP/1.1", b"Host: test\r\nHost: evil\r\n"),
    "the same host twice": line(b"GET /hello HTTP/1.1", b"Host: test\r\nHost: test\r\n"),
    "two hosts on HTTP/1.0": line(b"GET /hello HTTP/1.0", b"Host: test\r\nHost: evil\r\n"),
    "host empty": line(b"GET /hello HTTP/1.1", b"Host:\r\n"),
    "host with comma": line(b"GET /hello HTTP/1.1", b"Host: test, evil\r\n"),
    "host with path": line(b"GET /hello HTTP/1.1", b"Host: test/hello\r\n"),
    "host with user": line(b"GET /hello HTTP/1.1", b"Host: evil@test\r\n"),
    "host with space": line(b"GET /hello HTTP/1.1", b"Host: test evil\r\n"),
    "target of another host": line(b"GET http://evil/hello HTTP/1.1"),
    "target with user": line(b"GET http://test@evil/hello HTTP/1.1"),
    "target without host": line(b"GET http:///hello HTTP/1.1"),
    # request lines
    "no version": line(b"GET /hello"),
    "HTTP/0.9": line(b"GET /hello HTTP/0.9"),
    "HTTP/1.2": line(b"GET /hello HTTP/1.2"),
    "HTTP/2.0": line(b"GET /hello HTTP/2.0"),
    "HTTP/1.10": line(b"GET /hello HTTP/1.10"),
    "version in lower case": line(b"GET /hello http/1.1"),
    "version with space behind": line(b"GET /hello HTTP/1.1 "),
    "two spaces": line(b"GET  /hello HTTP/1.1"),
    "space in the target": line(b"GET /hel lo HTTP/1.1"),
    "tab for space": line(b"GET\t/hello\tHTTP/1.1"),
    "space before the method": line(b" GET /hello HTTP/1.1"),
    "method in lower case": line(b"get /hello HTTP/1.1"),
    "method unknown": line(b"GETX /hello HTTP/1.1"),
    "no target": line(b"GET HTTP/1.1"),
    "target without slash": line(b"GET hello HTTP/1.1"),
    "target with fragment": line(b"GET /hello#x HTTP/1.1"),
    "target with raw UTF-8": line("GET /héllo HTTP/1.1".encode()),
    "asterisk without OPTIONS": line(b"GET * HTTP/1.1"),
    "CONNECT": line(b"CONNECT test:443 HTTP/1.1"),
    "two empty lines before": b"\r\n\r\n" + SECOND + SECOND,
    "lone line feed before": b"\n" + SECOND + SECOND,
    "half a preface": b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + SECOND,
    # chunks
    "chunk size in words": chunks(b"five\r\nhello\r\n0\r\n\r\n"),
    "chunk size with 0x": chunks(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "chunk size negative": chunks(b"-5\r\nhello\r\n0\r\n\r\n"),
    "chunk size with plus": chunks(b"+5\r\nhello\r\n0\r\n\r\n"),
    "chunk size over 2^64": chunks(b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    "chunk size empty": chunks(b"\r\nhello\r\n0\r\n\r\n"),
    "chunk size with space before": chunks(b" 5\r\nhello\r\n0\r\n\r\n"),
    "chunk size ended by line feed": chunks(b"5\nhello\r\n0\r\n\r\n"),
    "chunk size ended by CR": chunks(b"5\rhello\r\n0\r\n\r\n"),
    "chunk longer than its size": chunks(b"4\r\nhello\r\n0\r\n\r\n"),
    "chunk ended by line feed": chunks(b"5\r\nhello\n0\r\n\r\n"),
    "chunk without an end": chunks(b"5\r\nhello0\r\n\r\n"),
    "extension ended by line feed": chunks(b"5;a\nhello\r\n0\r\n\r\n"),
    "extension with CR": chunks(b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
    "extension too long": chunks(b"5;" + b"a" * 300 + b"\r\nhello\r\n0\r\n\r\n"),
    "extensions too many": chunks(b"1;aaaaaaaaaa\r\nx\r\n" * 30 + b"0\r\n\r\n"),
    "last chunk ended by line feed": chunks(b"5\r\nhello\r\n0\n\r\n"),
    "trailer with line feed": chunks(b"0\r\nX-A: b\n\r\n"),
    "trailer folded": chunks(b"0\r\nX-A: b\r\n c\r\n\r\n"),
    "trailer section ended by CR": chunks(b"0\r\nX-A: b\r\n\rX"),
    "trailer without colon": chunks(b"0\r\nX-A b\r\n\r\n"),
    "trailers too large": chunks(b"0\r\n" + b"X-A: " + b"b" * 20000 + b"\r\n\r\n"),
}
