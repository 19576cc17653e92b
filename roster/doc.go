// Package roster takes members in and out as CSV files (RFC 4180), with the columns of the product's help pages:
//
//	mailAddress, loginID, fullName, searchName, employeeCode, employmentType, departmentCodes, position, accountStatus
//
// The first row names the columns, in any order and in any case. A file needs fullName and one of mailAddress and
// loginID; the other columns may be left out. Admin authority is not in a file: it is given to a member one by one.
//
// # Reading
//
// Spreadsheets write what their desktop is set to, so a File is UTF-8 with or without a byte order mark, or Shift_JIS; it
// has a comma, a semicolon or a tab between the fields; and lines that end in LF, CRLF or CR. All that is recognised.
// Rows without any content are passed over, and so is the example row of a template. What is wrong with a row stands in
// the row, so that every bad row can be named before anything is taken.
//
// A file is gone through row by row: what grows with it is an index of the accounts seen, by which an account that
// stands there twice is found. A row of more than 256 KiB is refused.
//
// Spaces around a value are dropped where a value cannot have any; names, employee numbers and positions keep theirs. A
// line break inside a cell is read as LF.
//
// # Formulas
//
// A spreadsheet runs a cell that begins with = + - @ (of either width), a tab or a line break. Write puts an apostrophe
// before such a value, and before one that is apostrophes followed by such a character; a File takes one apostrophe
// away from exactly these. So every value comes back as it was, those that begin with an apostrophe too. In
// departmentCodes this is done for each code, because a spreadsheet may take the semicolon for its separator.
package roster
