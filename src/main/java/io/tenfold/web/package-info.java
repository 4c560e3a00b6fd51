/**
 * The REST door: submit, list, watch and command jobs over HTTP. A request becomes a record on the requests topic, as if a
 * producer had sent it; answers come from the rows. May import: job. Only this room touches JAX-RS. Never: an entity, a
 * Kafka type, the engine.
 *
 * <p>To add an address: a method in one of the resources, its words for OpenAPI beside it, a test over HTTP. Everything
 * that goes wrong leaves as a {@link io.tenfold.web.Problem}.
 */
@NullMarked
package io.tenfold.web;

import org.jspecify.annotations.NullMarked;
