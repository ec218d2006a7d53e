#!/usr/bin/env python3
"""Writes latest.h5: HDF5 as h5py writes it with libver='latest'. python hdf5_layouts.py OUT

Datasets of three dimensions hold 0, 1, .. 104, those of one dimension 0, 1, .. 1039, deep-tree 0, 1, .. 399.
"""
import sys
import h5py
import numpy as np

BLOCK = np.arange(7 * 5 * 3, dtype="f4").reshape(7, 5, 3)
ROW = np.arange(1040, dtype="f4")


def grown(file, name, most, chunks, values=BLOCK, **more):
    """A dataset that may grow."""
    dataset = file.create_dataset(name, shape=values.shape, maxshape=most, dtype="f4", chunks=chunks, **more)
    dataset[...] = values


with h5py.File(sys.argv[1] + "/latest.h5", "w", libver="latest") as f:
    f.create_dataset("single", data=BLOCK, chunks=(7, 5, 3))
    f.create_dataset("single-gzip", data=BLOCK, chunks=(7, 5, 3), compression="gzip")
    f.create_dataset("fixed", data=BLOCK, chunks=(2, 2, 2))
    f.create_dataset("fixed-gzip", data=BLOCK, chunks=(2, 2, 2), compression="gzip", shuffle=True, fletcher32=True)
    grown(f, "fixed-larger", (9, 11, 3), (2, 2, 2))
    grown(f, "extensible", (None, 5, 3), (1, 2, 1))
    grown(f, "extensible-second", (8, None, 3), (2, 1, 1))
    grown(f, "extensible-last", (7, 5, None), (1, 1, 1), compression="gzip")
    grown(f, "tree", (None, None, 3), (2, 1, 1))
    grown(f, "tree-gzip", (None, None, None), (2, 2, 2), compression="gzip")
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((2, 2, 2))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    h5py.h5d.create(f.id, b"implicit", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((7, 5, 3)), plist)
    f["implicit"][...] = BLOCK
    f.create_dataset("paged", data=ROW, chunks=(1,))
    holes = f.create_dataset("holes", shape=ROW.shape, dtype="f4", chunks=(1,))
    holes[1030:1040] = ROW[1030:1040]
    grown(f, "deep-tree", (None, None), (1, 1), ROW[:400].reshape(400, 1))
    many = f.create_group("many")
    for i in range(60):
        many.create_dataset(f"a-long-name-of-a-tensor-{i:03d}", data=np.float32(i))
        many.attrs[f"text{i}"] = f"value {i}"
