// Output of a product per image and group whose columns are the pixels, four at a time; a plane is OUT_PITCH numbers long.
@group(0) @binding(2) var<storage, read_write> out: array<vec4<Out>>;

fn store_out4(batch: u32, row: u32, quad: u32, value: vec4<Acc>) {
    let filter_index = batch % GROUP_COUNT * M + row;
    let finished = vec4<Acc>(
        finish(filter_index, value.x),
        finish(filter_index, value.y),
        finish(filter_index, value.z),
        finish(filter_index, value.w),
    );
    out[(batch * M + row) * (OUT_PITCH / 4u) + quad] = vec4<Out>(finished);
}
