// google.protobuf.Any at run time. In JSON it is an object with the fields of the struct that its
// "@type" names; in other formats it is the struct's name and its bytes.
// Entry: read_any, write_any. Invariant: the struct's memory and its levels of nesting are charged
// to the call; the parts of an Any that is being read or written are on the call's list of objects.
#pragma once

#include "jit/context.h"
#include "json/print.h"
#include "lower/dynamic_transcoder.h"

#include <cstddef>
#include <cstdint>

namespace wirejit::json {

// How the content of an Any is read and written. The Module owns it.
struct AnyCodec {
  const lower::DynamicTranscoder* dynamic_transcoder = nullptr;  // null: not available
  const lower::FormatPair* formats = nullptr;
  bool ignore_unknown = false;            // read
  bool pretty = false;                    // written
  Frame frame{Literal(""), Literal("")};  // around the url
};

struct AnyStorage;

// The two fields of an Any: part[0] is type_url, part[1] is value. Programs load them.
struct AnyParts {
  struct Part {
    const char* data;
    std::size_t size;
  } part[2];
  AnyStorage* storage;  // owns the bytes of the parts
};

// The cursor is after '{'. Returns {cursor after '}', the parts}; the parts live until close_any.
HelperResult read_any(Context& ctx, const char* p, const char* end, const AnyCodec& any) noexcept;
void close_any(Context& ctx) noexcept;

// open_any returns empty parts. put_any copies bytes into one of them. write_any writes the object,
// frees the parts and returns {cursor, soft end}.
HelperResult open_any(Context& ctx) noexcept;
HelperResult put_any(Context& ctx, AnyParts* parts, std::uint64_t index, const char* data,
                     std::size_t size) noexcept;
HelperResult write_any(Context& ctx, char* out, char* soft_end, const AnyParts* parts,
                       const AnyCodec& any) noexcept;

// Whether two of the first 32 keys of an object are equal. The check stops at malformed text and at
// a key that contains an escape.
[[nodiscard]] bool has_duplicate_key(Context& ctx, Bytes text) noexcept;

}  // namespace wirejit::json
