/// @file
/// The envelopes of messages: name, type and number in front of a body. Entry: read_envelope,
/// write_envelope, ApplicationException. Invariant: nothing is reserved for a length before the
/// bytes are there.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/error.h>
#include <wirejit/rpc/message.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wirejit::rpc {

/// What is in front of a body.
struct Envelope {
  std::string_view service{};            ///< of a multiplexed name ("Orders:ping"), else empty
  std::string_view method{};             ///< the name after it
  MessageType type = MessageType::call;  ///< what the message is for
  std::int32_t seqid = 0;                ///< the caller's number
  std::size_t size = 0;                  ///< bytes of the envelope
};

/// What an envelope may have.
struct EnvelopeLimits {
  std::size_t name_bytes = 4096;  ///< of a method, with its service
};

/// Reads the envelope at the start of `payload` (one span; Chain::peek). Names are views into it.
/// `protocol` is one that has an envelope (not thrift_struct or protobuf: unsupported). A name is
/// split at its first ':' into service and method. In Thrift JSON the body follows the comma after
/// the number, and `]` ends the message; there is no white space and no escape.
///
/// Errors: truncated if more bytes are needed, at the end; bad_frame for what is no envelope of the
/// protocol; invalid_type for a type that is none of 1 to 4; header_limit for a name that is longer
/// than the limit, which is found before its bytes have come; wrong_method for an empty name;
/// protocol_mismatch for fbthrift's Compact, which writes doubles otherwise.
[[nodiscard]] Result<Envelope> read_envelope(Protocol protocol, Bytes payload,
                                             const EnvelopeLimits& limits = {});
/// How many bytes belong to the message after its body: one, `]`, in Thrift JSON, none elsewhere.
/// `rest` is what follows the body. Errors: truncated; bad_frame if it is something else.
[[nodiscard]] Result<std::size_t> read_envelope_end(Protocol protocol, Bytes rest);

/// Appends the envelope. `service` is written in front of the name, with ':', if it is not empty.
/// Errors: those that read_envelope would give for it (wrong_method, invalid_type, unsupported);
/// invalid_string for a name that Thrift JSON would have to escape; size_limit for a name that is
/// too long for the protocol; no_memory. `out` is as before then.
[[nodiscard]] Result<void> write_envelope(Protocol protocol, const Envelope& envelope, Chain& out);
/// Appends what is behind the body: `]` in Thrift JSON, nothing elsewhere. Errors: no_memory.
[[nodiscard]] Result<void> end_envelope(Protocol protocol, Chain& out);

/// The body of a message of type exception.
struct ApplicationException {
  /// Numbers of Thrift and of Kitex. Others occur.
  enum Code : std::int32_t {
    unknown = 0,
    unknown_method = 1,
    invalid_message_type = 2,
    wrong_method_name = 3,
    bad_sequence_id = 4,
    missing_result = 5,
    internal_error = 6,
    protocol_error = 7,
    invalid_transform = 8,
    invalid_protocol = 9,
    unsupported_client_type = 10,
    unknown_service = 20,  ///< Kitex
    no_service_name = 21,  ///< Kitex
  };

  std::string_view message{};  ///< text for people
  std::int32_t code = 0;       ///< one of Code, or another number
};

/// Reads the body of an exception, which begins at the start of `body`; text is a view into it, or
/// into `scratch`, which is replaced, where it had to be changed (escapes of JSON). Unknown fields
/// are skipped. In Kitex-Protobuf the body is all of `body`; it and the bare protocols, too, which
/// have it in Thrift Binary and as Protobuf, may be asked for. Returns how many bytes it has.
/// Errors: those of decoding the struct; no_memory.
[[nodiscard]] Result<std::size_t> read_exception(Protocol protocol, Bytes body,
                                                 ApplicationException& exception, Buffer& scratch);
/// Appends the body of an exception. Errors: those of encoding the struct, such as invalid_utf8 for
/// text of Thrift JSON; no_memory. `out` is as before then.
[[nodiscard]] Result<void> write_exception(Protocol protocol, const ApplicationException& exception,
                                           Chain& out);

}  // namespace wirejit::rpc
