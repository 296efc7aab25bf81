namespace cpp crlf
/**
 * windows
 */
struct Dos {
  1: i32 a,
  2: string b = "x" // comment
}
