// A service that looks languages up: examples/thrift_server/ answers its calls with the official library.
include "iso639.thrift"

namespace cpp languages

exception NotFound {
    1: string code,
}

service Languages {
    // By its three letters.
    iso639.Language find(1: string code) throws (1: NotFound not_found),
    // All whose name begins so, by their codes.
    map<string, string> begin_with(1: string prefix, 2: i32 limit = 10),
    oneway void seen(1: string code),
}
