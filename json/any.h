// google.protobuf.Any at run time: an object with the fields of a struct that its "@type" names, in
// another format the struct's name and its bytes. Entry: read_any, write_any. Invariant: what the
// struct costs is charged to the call, and its levels count; the parts of an Any that is being read
// or written lie on the call's list of objects.
#pragma once

#include "jit/context.h"
#include "json/print.h"
#include "lower/dynamic_transcoder.h"

#include <cstddef>
#include <cstdint>

namespace wirejit::json {

// How the content of Anys is read and written. Kept by the Module.
struct AnyCodec {
  const lower::DynamicTranscoder* dynamic_transcoder = nullptr;  // null: there are none
  const lower::FormatPair* formats = nullptr;
  bool ignore_unknown = false;            // read
  bool pretty = false;                    // written
  Frame frame{Literal(""), Literal("")};  // around the url
};

// What there is to an Any: part[0] is its type_url, part[1] its value. Programs load them.
struct AnyText;
struct AnyParts {
  struct Part {
    const char* data;
    std::size_t size;
  } part[2];
  AnyText* text;  // what the parts point into
};

// Behind '{'. {cursor behind '}', the parts}; they stay until close_any.
HelperResult read_any(Context& ctx, const char* p, const char* end, const AnyCodec& any) noexcept;
void close_any(Context& ctx) noexcept;

// {the parts, empty}; put_any copies one of them; write_any writes the object, frees the parts and
// gives {cursor, soft end}.
HelperResult open_any(Context& ctx) noexcept;
HelperResult put_any(Context& ctx, AnyParts* parts, std::uint64_t index, const char* data,
                     std::size_t size) noexcept;
HelperResult write_any(Context& ctx, char* out, char* soft_end, const AnyParts* parts,
                       const AnyCodec& any) noexcept;

// Whether two of the first keys of an object are the same: a look, that stops at what is malformed,
// at a key with an escape, and after 32 keys.
[[nodiscard]] bool key_comes_again(Context& ctx, Bytes text) noexcept;

}  // namespace wirejit::json
