package main

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// XrayScanResult has the fields that the operator fills for a workload that breaks no rule, so that a write costs the API server the same.
type XrayScanResult struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              *ResultSpec   `json:"spec,omitempty"`
	Status            *ResultStatus `json:"status,omitempty"`
}

type XrayScanResultList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []XrayScanResult `json:"items"`
}

type ResultSpec struct {
	WorkloadRef WorkloadRef `json:"workloadRef"`
}

type WorkloadRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
}

type ResultStatus struct {
	Action             string             `json:"action"`
	Conditions         []metav1.Condition `json:"conditions"`
	Images             []Image            `json:"images"`
	ImagesText         string             `json:"imagesText"`
	Licenses           []string           `json:"licenses"`
	LicensesText       string             `json:"licensesText"`
	Message            string             `json:"message"`
	ObservedGeneration int64              `json:"observedGeneration"`
	Summary            Summary            `json:"summary"`
	Verdict            string             `json:"verdict"`
	Violations         []string           `json:"violations"` // never any here
	ViolationsOmitted  int                `json:"violationsOmitted"`
}

type Summary struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Low      int `json:"low"`
	Medium   int `json:"medium"`
	Unknown  int `json:"unknown"`
}

type Image struct {
	Containers []ImageContainer `json:"containers"`
	Digest     string           `json:"digest"`
	FactsAt    string           `json:"factsAt"`
	FirstSeen  string           `json:"firstSeen"`
	Reference  string           `json:"reference"`
	Revision   string           `json:"revision"`
	State      string           `json:"state"`
}

type ImageContainer struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

func addResult(scheme *runtime.Scheme) error {
	version := schema.GroupVersion{Group: "kubexray.io", Version: "v1alpha1"}
	scheme.AddKnownTypes(version, &XrayScanResult{}, &XrayScanResultList{})
	metav1.AddToGroupVersion(scheme, version)
	return nil
}

func (r *XrayScanResult) DeepCopyObject() runtime.Object {
	copied := r.copied()
	return &copied
}

func (l *XrayScanResultList) DeepCopyObject() runtime.Object {
	copied := &XrayScanResultList{TypeMeta: l.TypeMeta}
	l.ListMeta.DeepCopyInto(&copied.ListMeta)
	for i := range l.Items {
		copied.Items = append(copied.Items, l.Items[i].copied())
	}
	return copied
}

func (r *XrayScanResult) copied() XrayScanResult {
	copied := XrayScanResult{TypeMeta: r.TypeMeta}
	r.ObjectMeta.DeepCopyInto(&copied.ObjectMeta)
	if r.Spec != nil {
		spec := *r.Spec
		copied.Spec = &spec
	}
	if r.Status != nil {
		status := *r.Status
		status.Conditions = slices.Clone(status.Conditions)
		status.Licenses = slices.Clone(status.Licenses)
		status.Violations = slices.Clone(status.Violations)
		status.Images = slices.Clone(status.Images)
		for i := range status.Images {
			status.Images[i].Containers = slices.Clone(status.Images[i].Containers)
		}
		copied.Status = &status
	}
	return copied
}
