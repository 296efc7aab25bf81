// The table of helpers.
#include "json/helpers.h"

#include "json/parse.h"
#include "json/print.h"

namespace wirejit::json {

namespace {

using jit::helper;

template <class T>
ReadPair read_ints() noexcept {
  return {.plain = helper<&read_int<T, TextNumbers::accept>>("read_int"),
          .inside = helper<&read_int_inside<T>>("read_int_inside"),
          .rejecting = helper<&read_int<T, TextNumbers::reject>>("read_bare_int"),
          .special = helper<&read_int<T, TextNumbers::reject>>("read_bare_int"),
          .lenient = helper<&read_int<T, TextNumbers::accept_empty>>("read_int_or_empty")};
}

Helpers make_helpers() noexcept {
  return {
      .unexpected = helper<&unexpected>("unexpected"),
      .open_token = helper<&open_token>("open_token"),
      .expect_byte = helper<&expect_byte>("expect_byte"),
      .finish = helper<&finish>("finish"),
      .first_element = helper<&first_element>("first_element"),
      .next_element = helper<&next_element>("next_element"),
      .first_entry = helper<&first_entry>("first_entry"),
      .next_entry = helper<&next_entry>("next_entry"),
      .key = {{{helper<&find_key<false, false, false>>("next_key"),
                helper<&find_key<false, false, true>>("first_key")},
               {helper<&find_key<false, true, false>>("next_key_keeping"),
                helper<&find_key<false, true, true>>("first_key_keeping")}},
              {{helper<&find_key<true, false, false>>("next_proto_key"),
                helper<&find_key<true, false, true>>("first_proto_key")},
               {helper<&find_key<true, true, false>>("next_proto_key_keeping"),
                helper<&find_key<true, true, true>>("first_proto_key_keeping")}}},
      .clear_bit = helper<&clear_bit>("clear_bit"),
      .skip_value = helper<&skip_value>("skip_value"),
      .take_null = helper<&take_null>("take_null"),
      .take_null_entry = helper<&take_null_entry>("take_null_entry"),
      .string_or_number = helper<&read_string_or_number>("read_string_or_number"),
      .string = {helper<&read_string>("read_string"),
                 helper<&read_string_inside>("read_string_inside")},
      .binary = {helper<&read_binary>("read_binary"),
                 helper<&read_binary_inside>("read_binary_inside")},
      .uuid = {helper<&read_uuid>("read_uuid"), helper<&read_uuid_inside>("read_uuid_inside")},
      .boolean = {helper<&read_bool>("read_bool"), helper<&read_bool_inside>("read_bool_inside")},
      .i8 = read_ints<std::int8_t>(),
      .i16 = read_ints<std::int16_t>(),
      .i32 = read_ints<std::int32_t>(),
      .i64 = read_ints<std::int64_t>(),
      .u8 = read_ints<std::uint8_t>(),
      .u16 = read_ints<std::uint16_t>(),
      .u32 = read_ints<std::uint32_t>(),
      .u64 = read_ints<std::uint64_t>(),
      .float32 = {.plain = helper<&read_float<TextNumbers::accept>>("read_float"),
                  .inside = helper<&read_float_inside>("read_float_inside"),
                  .rejecting = helper<&read_float<TextNumbers::reject>>("read_bare_float"),
                  .special = helper<&read_float<TextNumbers::special>>("read_float_or_nan"),
                  .lenient = helper<&read_float<TextNumbers::accept_empty>>("read_float_or_empty")},
      .float64 = {.plain = helper<&read_double<TextNumbers::accept>>("read_double"),
                  .inside = helper<&read_double_inside>("read_double_inside"),
                  .rejecting = helper<&read_double<TextNumbers::reject>>("read_bare_double"),
                  .special = helper<&read_double<TextNumbers::special>>("read_double_or_nan"),
                  .lenient =
                      helper<&read_double<TextNumbers::accept_empty>>("read_double_or_empty")},
      .enumeration = {.plain = helper<&read_enum>("read_enum"),
                      .inside = helper<&read_enum_inside>("read_enum_inside"),
                      .rejecting = helper<&read_enum_name>("read_enum_name"),
                      .special = helper<&read_enum_name>("read_enum_name"),
                      .lenient = helper<&read_enum>("read_enum")},
      .write_string = helper<&write_string>("write_string"),
      .write_checked_string = helper<&write_checked_string>("write_checked_string"),
      .write_binary = {{helper<&write_binary<false, false>>("write_base64_bare"),
                        helper<&write_binary<false, true>>("write_base64")},
                       {helper<&write_binary<true, false>>("write_base64_url_bare"),
                        helper<&write_binary<true, true>>("write_base64_url")}},
      .write_uuid = helper<&write_uuid>("write_uuid"),
      .begin_pretty = helper<&begin_pretty>("begin_pretty"),
      .write_line = helper<&write_line>("write_line"),
      .deeper = helper<&deeper>("deeper"),
      .write_close = helper<&write_close>("write_close"),
      .write_members = helper<&write_members>("write_members"),
      .write_signed = helper<&write_signed>("write_signed"),
      .write_unsigned = helper<&write_unsigned>("write_unsigned"),
      .write_enum = helper<&write_enum>("write_enum"),
      .write_enum_key = helper<&write_enum_key>("write_enum_key"),
      .write_double = helper<&write_real<double, true>>("write_double"),
      .write_float = helper<&write_real<float, true>>("write_float"),
      .write_double_key = helper<&write_real<double, false>>("write_double_key"),
      .write_float_key = helper<&write_real<float, false>>("write_float_key"),
      .write_finite_double = helper<&write_finite<double>>("write_finite_double"),
      .write_finite_float = helper<&write_finite<float>>("write_finite_float"),
      .write_double_or_null = helper<&write_real_or_null<double>>("write_double_or_null"),
      .write_float_or_null = helper<&write_real_or_null<float>>("write_float_or_null"),
  };
}

}  // namespace

const ReadPair& Helpers::read(Kind kind) const noexcept {
  switch (kind) {
    case Kind::boolean: return boolean;
    case Kind::i8: return i8;
    case Kind::i16: return i16;
    case Kind::i32: return i32;
    case Kind::i64: return i64;
    case Kind::u8: return u8;
    case Kind::u16: return u16;
    case Kind::u32: return u32;
    case Kind::u64: return u64;
    case Kind::float32: return float32;
    case Kind::float64: return float64;
    case Kind::enumeration: return enumeration;
    case Kind::binary: return binary;
    case Kind::uuid: return uuid;
    default: return string;
  }
}

const Helpers& helpers() noexcept {
  static const Helpers table = make_helpers();
  return table;
}

}  // namespace wirejit::json
