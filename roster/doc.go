// Package roster takes members in and out as CSV files (RFC 4180), with the columns of the product's help pages:
//
//	mailAddress, loginID, fullName, searchName, employeeCode, employmentType, departmentCodes, position, accountStatus
//
// The first row names the columns, in any order and in any case. A file needs fullName and one of mailAddress and
// loginID; the other columns may be left out. Admin authority is not in a file: it is given to a member one by one.
//
// # Reading
//
// Spreadsheets write what their desktop is set to, so Read takes UTF-8 with or without a byte order mark and Shift_JIS;
// a comma, a semicolon or a tab between the fields; and lines that end in LF, CRLF or CR. Rows without any content are
// passed over. An import is all or nothing: either every row makes a valid member, or no member is given and every row
// that is wrong is named.
//
// Spaces around a value are dropped where a value cannot have any; names, employee numbers and positions keep theirs. A
// line break inside a cell is read as LF.
//
// # Formulas
//
// A spreadsheet runs a cell that begins with = + - @ (of either width), a tab or a line break. Write puts an apostrophe
// before such a value, and before one that is apostrophes followed by such a character; Read takes one apostrophe
// away from exactly these. So every value comes back as it was, those that begin with an apostrophe too. In
// departmentCodes this is done for each code, because a spreadsheet may take the semicolon for its separator.
package roster
