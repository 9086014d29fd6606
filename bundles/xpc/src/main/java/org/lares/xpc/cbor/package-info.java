/**
 * A small CBOR (RFC 8949) codec over plain values: what may cross a process boundary, and nothing else. No class is ever
 * named by, or chosen from, what was read.
 *
 * <table>
 * <caption>The data model, and how each value is written</caption>
 * <tr><td>{@code null}, {@link Boolean}</td><td>simple values 22, 20, 21</td></tr>
 * <tr><td>{@link Long}</td><td>major type 0 or 1, shortest form; what does not fit 64 signed bits is an error</td></tr>
 * <tr><td>{@link Double}</td><td>the shortest of 16, 32 and 64 bits that keeps the value; one NaN</td></tr>
 * <tr><td>{@code byte[]}</td><td>major type 2</td></tr>
 * <tr><td>{@link String}</td><td>major type 3, strict UTF-8</td></tr>
 * <tr><td>{@link java.util.List}</td><td>major type 4</td></tr>
 * <tr><td>{@link java.util.Map}</td><td>major type 5; keys are {@code String} or {@code Long}, each once, order kept</td></tr>
 * <tr><td>{@link java.time.Instant}</td><td>tag 1 over whole seconds; else tag 1001 (RFC 9581) over
 *     {@code {1: seconds, -9: nanoseconds}}</td></tr>
 * <tr><td>{@link java.util.UUID}</td><td>tag 37 over 16 bytes</td></tr>
 * </table>
 *
 * All lengths are definite. Any other tag or simple value, and an indefinite length, is malformed to this codec.
 */
@Export
@Version("0.1.0")
package org.lares.xpc.cbor;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
